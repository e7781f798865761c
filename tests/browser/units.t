#!/bin/bash
# The page's parts without a browser: what node's own test runner finds in
# src/dashboard/test.
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v node >/dev/null || {
    echo "1..0 # SKIP node is not installed (make deps)"
    exit 0
}
exec node --test --test-reporter=tap src/dashboard/test/*.test.mjs
