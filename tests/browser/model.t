#!/bin/bash
# What the managers' page knows and says, without a browser: node's own test runner on
# src/dashboard/test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../src/dashboard"
command -v node >/dev/null || {
    echo "1..0 # SKIP node is not installed; 'make deps' does that"
    exit 0
}
exec node --test --test-reporter=tap test/*.test.mjs
