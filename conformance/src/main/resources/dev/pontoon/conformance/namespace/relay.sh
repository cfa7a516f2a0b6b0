#!/bin/sh
# Called by a runtime as a plugin or as a hook. Tells the harness, runs what the harness hands over as children of
# its own, hence with all that the runtime gave it, and answers the runtime when told to.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Asked before every call by some runtimes; nothing about a container.
if [ "${CNI_COMMAND:-}" = VERSION ]; then
    echo '{"cniVersion":"1.0.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}'
    exit 0
fi

call=$(mktemp -d "@FOLDER@/XXXXXXXX")
cat > "$call/stdin"
cat "/proc/$$/environ" > "$call/environ"
echo "$$" > "$call/pid"
mkfifo "$call/orders"
# Open for reading and writing, so that it neither ends nor blocks between two orders.
exec 3<> "$call/orders"
: > "$call/ready"

# $1 is the job's folder: "program" runs the plugin, "bytes" is its input, "hold" says that the input does not end.
work() {
    job=$1
    if [ -e "$job/hold.wanted" ]; then mkfifo "$job/hold"; fi
    input() {
        cat "$job/bytes"
        if [ -p "$job/hold" ]; then read -r _ < "$job/hold"; fi
    }
    {
        {
            input | {
                (exec sh "$job/program" 2>&4 4>&-)
                echo "$?" > "$job/exit.new"
                mv "$job/exit.new" "$job/exit"
                if [ -p "$job/hold" ]; then echo > "$job/hold"; fi
            } | cat > "$job/stdout"
        } 4>&1 | cat > "$job/stderr"
        : > "$job/closed"
    } 3>&- 2> /dev/null &
}

while read -r order argument <&3; do
    case $order in
        run) work "$call/$argument" ;;
        signal) kill -s "${argument%% *}" "${argument#* }" ;;
        answer)
            cat "$call/answer"
            exit "$argument"
            ;;
    esac
done
