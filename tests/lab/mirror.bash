# mirror.bash: where this machine gets its Debian from, as apt knows it, so that
# no host stands in the repository. Sourced by the scripts that make roots.
# shellcheck shell=bash

mirror() {
    local codename targets
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016  # apt's own variables
    targets=$(apt-get indextargets --format '$(CREATED_BY) $(RELEASE) $(COMPONENT) $(SITE)' 2>/dev/null) || true
    awk -v want="$codename" '$1 == "Packages" && $2 == want && $3 == "main" { print $4; exit }' <<<"$targets"
}
