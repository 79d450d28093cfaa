# Runs a command and makes sure that it ends with the program that wanted it.
#
#   sh -c "$script" watchdog TRASH COMMAND...
#
# Standard input is a pipe whose other end only the program holds. The kernel closes
# it when the program is gone, by kill -9 too; that is the sign to end the command.
# Standard output is the lock of the data, kept open (as 4) by this shell and by the
# command with all its children, so that the lock is free only when they are gone.
# TRASH, if not empty, is a directory to remove when program and command are gone.
# For dash, bash and the sh of macOS: POSIX only.

exec 3<&0 4>&1 >&2 </dev/null
trap '' HUP INT QUIT TERM # only the pipe ends the watch; PostgreSQL sets its own handlers
trash=$1
shift
alone=
trap 'alone=yes' USR1

"$@" 3<&- &
command=$!

(
    exec 4>&- # or a last `sleep` would hold the lock
    read -r _ <&3
    kill -USR1 $$
    # Repeated, as the first is lost on a command that has not set its handlers yet.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -INT "$command" || exit # fast shutdown
        sleep 1
    done
    kill -QUIT "$command" # at once, to be recovered by the next start
) 2>/dev/null &
watch=$!
exec 3<&-

wait "$command"
status=$?
if [ "$alone" ]; then
    wait "$command" # again: the signal has interrupted the first one
    if [ "$trash" ]; then rm -rf "$trash"; fi
fi
kill -KILL "$watch" 2>/dev/null
exit "$status"
