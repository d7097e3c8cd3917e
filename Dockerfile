# The station: broker, ingest, store, alarms, console. Built from the checkout, run without root.

FROM node:24-slim AS console
WORKDIR /build
COPY . .
RUN npm ci && npm run build

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY schemas/package.json schemas/
COPY broker/package.json broker/
COPY ingest/package.json ingest/
COPY edge-agent/package.json edge-agent/
COPY grafana-plugin/package.json grafana-plugin/
COPY test/package.json test/
# The image has Node; the one of the lock file would be a second.
RUN npm ci --omit=dev && rm -rf node_modules/node-linux-* node_modules/.bin/node && npm cache clean --force
COPY kenh.ts LICENSE ./
COPY schemas schemas
COPY broker broker
COPY ingest ingest
COPY edge-agent edge-agent
COPY commands commands
COPY station station
COPY --from=console /build/grafana-plugin/dist-console grafana-plugin/dist-console
RUN install -d -o node -g node -m 700 /data
USER node
# Inside the container; docker-compose.yml decides what of it can be reached from where.
ENV KENH_HOST=0.0.0.0 KENH_DATA=/data
EXPOSE 8080 1883
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "kenh.ts"]
CMD ["station", "--no-demo"]
