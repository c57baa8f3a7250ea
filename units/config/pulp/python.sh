#!/bin/sh
# Run a program with the Python that has Pulp: `python.sh PROGRAM...`. In images from elsewhere `python3` may be another
# one; the first line of Pulp's own command tells.
set -eu
python=python3
if manager=$(command -v pulpcore-manager); then
    IFS= read -r first <"$manager" || :
    if [ "$first" = "#!/bin/sh" ]; then
        # pip writes a path that is too long for the kernel into a second line: '''exec' /path/python "$0" "$@"
        first="#!$(sed -n "2s/^'''exec' \"\{0,1\}\([^\" ]*\).*/\1/p" "$manager")"
    fi
    named=${first#"#!"}
    named=${named#"${named%%[! ]*}"}
    case ${named%% *} in
        */env) python=${named#* } ;;
        /*) python=${named%% *} ;;
    esac
fi
exec "$python" "$@"
