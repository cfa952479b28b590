# The folder for a team, or one pass a night, in a container that is not root:
#   docker build -t address-pipeline .
#   docker run --read-only --tmpfs /tmp -v inbox:/inbox -v state:/state \
#     --mount type=bind,src=keys/web_api_key,dst=/run/secrets/web_api_key,readonly \
#     --mount type=bind,src=keys/app_key,dst=/run/secrets/app_key,readonly \
#     address-pipeline watch /inbox --live
FROM python:3.12-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY pipeline ./pipeline
COPY samples ./samples
RUN python -m venv /opt/address-pipeline \
 && /opt/address-pipeline/bin/pip install --no-cache-dir .

FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin address-pipeline \
 && install -d -o 10001 -g 10001 -m 0700 /state \
 && install -d -o 10001 -g 10001 -m 0770 /inbox
COPY --from=build /opt/address-pipeline /opt/address-pipeline
# Paths of files, not keys.
# hadolint ignore=DL3064
ENV PATH=/opt/address-pipeline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ADDRESS_PIPELINE_STATE_DIR=/state \
    ADDRESS_PIPELINE_WATCH__NAME=container \
    FINERWORKS_WEB_API_KEY_FILE=/run/secrets/web_api_key \
    FINERWORKS_APP_KEY_FILE=/run/secrets/app_key
USER 10001:10001
WORKDIR /state
VOLUME ["/inbox", "/state"]
STOPSIGNAL SIGTERM
# The watcher writes its page every minute. One that is older means that it hangs or is gone.
HEALTHCHECK --interval=1m --timeout=5s --start-period=2m --retries=3 \
  CMD ["python", "-c", "import os, sys, time; sys.exit(time.time() - os.stat('/inbox/_STATUS.html').st_mtime > 300)"]
ENTRYPOINT ["address-pipeline"]
CMD ["watch", "/inbox"]
