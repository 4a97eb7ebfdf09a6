FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY emulator emulator
COPY schemas schemas
COPY fixtures fixtures
# Into an environment without pip, which the second stage takes over whole.
# Unchecked bytecode stays valid whatever file times a copy leaves behind.
RUN pip wheel --quiet --no-cache-dir --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/emulator \
    && pip --python /opt/emulator/bin/python install --quiet --no-cache-dir --no-compile \
        --no-index --find-links /wheels /wheels/messaging_emulator-*.whl \
    && python -m compileall -q --invalidation-mode unchecked-hash /opt/emulator

FROM python:3.13-slim
LABEL org.opencontainers.image.title="messaging-emulator" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.description="Emulates the HTTP APIs of messaging providers" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim"
# The base image comes without the standard library's bytecode, and a read-only
# container could never keep it: each start would compile it again. Whatever user it
# runs as may keep certificates in /tls: a volume or tmpfs there takes over the mode.
RUN python -m compileall -q --invalidation-mode unchecked-hash \
    -x '/(ensurepip|idlelib|pydoc_data|site-packages|test|tkinter|turtledemo)/' \
    /usr/local/lib/python3.13 \
    && mkdir --mode=1777 /tls
COPY --from=build /opt/emulator /opt/emulator
ENV PATH=/opt/emulator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    EMULATOR_HOST=0.0.0.0 \
    EMULATOR_EXPOSE=1 \
    EMULATOR_TLS_DIR=/tls
WORKDIR /srv
USER 10001:10001
EXPOSE 8484 8485
# Short, because podman and older engines wait a whole interval for the first one.
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s \
    CMD ["messaging-emulator", "wait", "--timeout", "2"]
ENTRYPOINT ["messaging-emulator"]
