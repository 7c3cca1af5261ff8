"""Who is calling: tokens, the keys that sign them, and key sets read from a URL."""

from webapp.auth.tokens import Caller, get_caller, init_auth, make_token, require_caller

__all__ = ["Caller", "get_caller", "init_auth", "make_token", "require_caller"]
