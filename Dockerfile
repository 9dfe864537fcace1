# syntax=docker/dockerfile:1.7
# One image for each process of docker-compose.yml: docker build --target ingest .
ARG PYTHON=python:3.11.14-slim-bookworm

# Environments are made here, where pip and its cache stay behind.
FROM ${PYTHON} AS build
ENV PIP_CONSTRAINT=/src/constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/moodtrace
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.cache/pip /opt/moodtrace/bin/pip install .

FROM build AS build-ray
RUN --mount=type=cache,target=/root/.cache/pip /opt/moodtrace/bin/pip install ".[stream]"

FROM build-ray AS build-gpu
RUN --mount=type=cache,target=/root/.cache/pip /opt/moodtrace/bin/pip install ".[stream,torch]"

# Weights are part of the image, because most containers reach no other network.
FROM build AS weights
ARG DETECTOR=yunet
ENV MOODTRACE_DATA_DIR=/opt/moodtrace-data
RUN /opt/moodtrace/bin/moodtrace models pull "${DETECTOR}"

FROM build AS footage
ENV MOODTRACE_DATA_DIR=/opt/moodtrace-data
RUN /opt/moodtrace/bin/moodtrace demo --no-dashboard

FROM ${PYTHON} AS base
RUN groupadd --gid 10001 moodtrace \
 && useradd --uid 10001 --gid moodtrace --no-create-home --home-dir /tmp --shell /usr/sbin/nologin moodtrace
ENV PATH=/opt/moodtrace/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp \
    MOODTRACE_DATA_DIR=/tmp/moodtrace MOODTRACE_WEIGHTS_DIR=/opt/weights
COPY --from=weights /opt/moodtrace-data/weights /opt/weights
WORKDIR /tmp
USER 10001:10001
ENTRYPOINT ["moodtrace"]

FROM base AS runtime
COPY --from=build /opt/moodtrace /opt/moodtrace

FROM runtime AS ingest
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9101/readyz', timeout=4)"]
CMD ["ingest"]

FROM runtime AS infer
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9102/readyz', timeout=4)"]
CMD ["worker", "infer"]

FROM runtime AS aggregate
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9103/readyz', timeout=4)"]
CMD ["worker", "aggregate"]

FROM runtime AS dashboard
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["dashboard", "--everywhere"]

# A node of the Ray cluster: its head, replicas of the networks, or beside a worker that asks them.
FROM base AS ray-base
ENV RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0 RAY_automatic_object_spilling_enabled=0
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9104/readyz', timeout=4)"]
CMD ["serve"]

FROM ray-base AS ray
COPY --from=build-ray /opt/moodtrace /opt/moodtrace

FROM ray-base AS ray-gpu
COPY --from=build-gpu /opt/moodtrace /opt/moodtrace

FROM bluenviron/mediamtx:1.21.1-ffmpeg AS camera
COPY --from=footage /opt/moodtrace-data/demo/spring-cut-a.mp4 /footage/room.mp4
COPY deploy/mediamtx.yml /mediamtx.yml
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["nc", "-z", "127.0.0.1", "8554"]
