# Completion of thirdring(1) and thirdringd(8) for bash.
#
# Commands and options are asked of the program itself (its --help), so that they
# are always its own: of whichever one the line begins with.

# Lines of a help that tell of options: those that begin with one, and usage.
_thirdring_lines() {
    "$@" --help 2>/dev/null | grep -E '^ *-|^[Uu]sage:|^ +thirdring'
}

# The word in place of an option's value: FILE, PATH=VALUE, text|svg|html; or nothing.
_thirdring_value() { # OPTION, the help's lines on standard input
    sed -nE "s/.*(^|[ [(])$1[ =](\[?[A-Z][^] ,;]*|[a-z]+\|[^] ,;]*).*/\2/p" | head -n 1
}

_thirdring_words() { # what may stand here, that begins with $cur
    mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

_thirdring_files() {
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    compopt -o filenames 2>/dev/null
}

_thirdring() {
    local cur=${COMP_WORDS[COMP_CWORD]} option='' lines value at=1
    local run=("${COMP_WORDS[0]}")
    COMPREPLY=()
    [ "$COMP_CWORD" -ge 1 ] && option=${COMP_WORDS[COMP_CWORD - 1]}
    # Readline cuts --option=value into three words.
    if [ "$cur" = = ]; then
        cur=''
    elif [ "$option" = = ] && [ "$COMP_CWORD" -ge 3 ]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [ "${run[0]##*/}" = thirdring ]; then
        if [ "$COMP_CWORD" -eq 1 ]; then
            _thirdring_words --help --version \
                "$("${run[0]}" --help 2>/dev/null | sed -nE 's/^  thirdring ([a-z]+).*/\1/p' | sort -u)"
            return
        fi
        run+=("${COMP_WORDS[1]}")
        at=2
    fi
    lines=$(_thirdring_lines "${run[@]}")
    case $option in
    -?*)
        # A letter stands for the long name beside it.
        [[ $option == --* ]] || option=$(sed -nE "s/^ *$option, (--[a-z-]+).*/\1/p" <<<"$lines")
        value=$(_thirdring_value "$option" <<<"$lines")
        case $value in
        PATH | *FILE* | *TRACE* | *DEST* | *SRC* | *FOLDER* | *DIR*)
            _thirdring_files
            return
            ;;
        *'|'*)
            _thirdring_words "${value//|/ }"
            return
            ;;
        ?*) return ;; # only a person knows
        esac
        ;;
    esac
    if [[ $cur == -* ]]; then
        _thirdring_words "$({ echo ' --help'; echo "$lines"; } |
            grep -oE -- '(^|[^a-zA-Z-])--[a-z][a-z-]*' | sed 's/^[^-]//' | sort -u)"
        return
    fi
    _thirdring_files
    # A command of commands: journal backup, journal restore.
    if [ "$at" -eq 2 ] && [ "$COMP_CWORD" -eq 2 ]; then
        value=$(sed -nE "s/.*thirdring ${run[1]} ([a-z]+).*/\1/p" <<<"$lines" | sort -u)
        [ -z "$value" ] || _thirdring_words "$value"
    fi
}

complete -F _thirdring thirdring thirdringd
