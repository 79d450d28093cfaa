# Runs a command, and stops it when the program that started this script ends.
#
#   sh -c "$script" watchdog TEMPORARY COMMAND...
#
# Standard input is a pipe to the program. The kernel closes it when the program ends, even by
# kill -9; the script stops the command then. Standard output is the lock of the data, kept open
# (as 4) by this shell and by the command with all its children, so that the lock is held until
# they have ended. TEMPORARY, if not empty, is a directory to remove after the command has ended
# because the program has.
# For dash, bash and the sh of macOS: POSIX only.

exec 3<&0 4>&1 >&2 </dev/null
trap '' HUP INT QUIT TERM # only the pipe ends the script; PostgreSQL sets its own handlers
temporary=$1
shift
orphaned=
trap 'orphaned=yes' USR1

"$@" 3<&- &
command=$!

(
    exec 4>&- # otherwise the last `sleep` would hold the lock
    read -r _ <&3
    kill -USR1 $$
    # Repeated, because a command that has not set its handlers yet ignores the signal.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -INT "$command" || exit # fast shutdown
        sleep 1
    done
    kill -QUIT "$command" # immediate shutdown; the next start recovers
) 2>/dev/null &
watch=$!
exec 3<&-

wait "$command"
status=$?
if [ "$orphaned" ]; then
    wait "$command" # again: the signal has interrupted the first wait
    if [ "$temporary" ]; then rm -rf "$temporary"; fi
fi
kill -KILL "$watch" 2>/dev/null
exit "$status"
