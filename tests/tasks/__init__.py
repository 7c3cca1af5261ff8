import pytest

# What tests share says what it compared, too.
pytest.register_assert_rewrite("tests.tasks.reading")
