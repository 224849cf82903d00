# One image for every role: MESH_ROLE=web|registry|worker|beat|migrate.
# glibc, not musl: small thread stacks crash parsers of deeply nested documents.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt ./
COPY mesh/quickstart/requirements/demo.txt ./demo.txt
RUN /venv/bin/pip install --require-hashes -r requirements.txt -r demo.txt
COPY manage.py ./
COPY mesh ./mesh
COPY streams ./streams
COPY schemas ./schemas
COPY lineage ./lineage
COPY catalog ./catalog
COPY governance ./governance
COPY templates ./templates
COPY static ./static
COPY docs ./docs
# The key serves this one command and is not kept in the image.
RUN SECRET_KEY=build-only-build-only-build-only-build-only-build-only-00 \
    MESH_STATIC_COLLECTED=true MESH_STATIC_ROOT=/app/static-collected MESH_ROLE=migrate \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m compileall -q mesh streams schemas lineage catalog governance

FROM python:3.13-slim
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin tributary \
    && mkdir /data && chown 10001:10001 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MESH_STATIC_COLLECTED=true MESH_STATIC_ROOT=/app/static-collected MESH_ROLE=web
USER 10001
VOLUME ["/data"]
EXPOSE 8000 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "-m", "mesh.quickstart.container", "healthy"]
ENTRYPOINT ["python", "-m", "mesh.quickstart.container"]
CMD ["run"]
