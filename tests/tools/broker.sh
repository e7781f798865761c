# shellcheck shell=bash
# broker.sh: a private mosquitto on a free loopback port, for shell tests.
#
#   . tests/tools/broker.sh
#   start_broker ['more lines of configuration']   sets BROKER_PORT, BROKER_PID, BROKER_DIR
#   stop_broker [SIGNAL]                            and start_broker again keeps port and folder
#   remove_broker                                   stop it and remove the folder
#
# "%s" in the lines is BROKER_DIR, which mosquitto's own user can read: started
# as root it gives up its rights. Its log is BROKER_DIR/log.

free_port() {
    /usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

start_broker() {
    local lines=${1:-allow_anonymous true} i
    if [ -z "${BROKER_DIR:-}" ]; then
        BROKER_DIR=$(mktemp -d "${TMPDIR:-/tmp}/tr-broker-XXXXXX")
        chmod 755 "$BROKER_DIR"
        BROKER_PORT=$(free_port)
    fi
    printf 'listener %s 127.0.0.1\nlog_dest stderr\n%s\n' "$BROKER_PORT" \
        "${lines//%s/$BROKER_DIR}" >"$BROKER_DIR/mosquitto.conf"
    PATH=$PATH:/usr/sbin mosquitto -c "$BROKER_DIR/mosquitto.conf" >>"$BROKER_DIR/log" 2>&1 &
    BROKER_PID=$!
    for ((i = 0; i < 100; i++)); do
        if ! kill -0 "$BROKER_PID" 2>/dev/null; then
            sed 's/^/# mosquitto: /' "$BROKER_DIR/log" >&2
            return 1
        fi
        if (: <>"/dev/tcp/127.0.0.1/$BROKER_PORT") 2>/dev/null; then
            return 0
        fi
        sleep 0.05
    done
    echo "# mosquitto does not listen on port $BROKER_PORT" >&2
    return 1
}

stop_broker() {
    if [ -n "${BROKER_PID:-}" ]; then
        kill "-${1:-TERM}" "$BROKER_PID" 2>/dev/null
        wait "$BROKER_PID" 2>/dev/null
        BROKER_PID=
    fi
}

remove_broker() {
    stop_broker KILL
    if [ -n "${BROKER_DIR:-}" ]; then
        rm -rf "$BROKER_DIR"
        BROKER_DIR=
    fi
}
