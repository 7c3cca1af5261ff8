#!/usr/bin/env bash
# Deploy the committed tree to Railway: variables, web (with the release step), worker; wait for health, or roll back.
#
# Usage: deploy/railway.sh [--dry-run] [--env-file FILE] [--url URL] [--environment NAME] [--timeout SECONDS]
#
#   --dry-run      print every command and run none
#   --env-file     the variables of both services (deploy/.env.production); copy deploy/env.production to it
#   --url          where the web service answers; asked from Railway unless given
#   --environment  Railway's environment (production)
#   --timeout      seconds until the new release must be healthy (300)
#
# Exit codes: 0 deployed, 1 rolled back or nothing changed, 2 wrong usage.
set -euo pipefail
cd "$(dirname "$0")/.."

dry_run=false env_file=deploy/.env.production url="" environment=production timeout=300
pause=${CANVAS_DEPLOY_PAUSE:-5}  # seconds between two looks at /health
services=(web worker)

fail() { echo "$1" >&2; exit "${2:-1}"; }

while (($#)); do
    case $1 in
        --dry-run) dry_run=true; shift ;;
        --env-file | --url | --environment | --timeout)
            (($# > 1)) || fail "$1 needs a value." 2
            name=${1#--}; printf -v "${name//-/_}" %s "$2"; shift 2 ;;
        *) sed -n 's/^# \{0,1\}//; 2,/^$/p' "$0" >&2; fail "Unknown: $1" 2 ;;
    esac
done

# --- Helpers --------------------------------------------------------------------------------------------------------

run() {
    local word words=()
    if ! $dry_run; then
        "$@"
        return
    fi
    for word in "$@"; do  # Values of variables are secrets: their names are enough.
        [[ $word =~ ^[A-Z_]+= ]] && word="${BASH_REMATCH[0]}…"
        words+=("$word")
    done
    echo "${words[*]}"
}

value_of() { sed -n "s/^$1=//p" "$env_file" | tail -n 1; }

stage() {  # Put a commit into a folder, one copy for each service with its config.
    local commit=$1 service
    for service in "${services[@]}"; do
        run mkdir -p "$work/$commit/$service" || return
        if $dry_run; then
            echo "git archive $commit | tar -x -C $work/$commit/$service"
        else
            git archive "$commit" | tar -x -C "$work/$commit/$service" || return
        fi
        run cp "$work/$commit/$service/deploy/railway/$service.json" "$work/$commit/$service/railway.json" || return
    done
}

set_variables() {  # All variables of the file, and what this release is called.
    local commit=$1 service line arguments=()
    while IFS= read -r line; do
        [[ $line =~ ^[A-Z_]+=.+ ]] && arguments+=(--set "$line")
    done < "$env_file"
    arguments+=(--set "RELEASE=$commit")
    for service in "${services[@]}"; do
        run railway variables --service "$service" --environment "$environment" --skip-deploys "${arguments[@]}" || return
    done
}

release() {  # Web first: its release step brings the database up before any new process starts.
    local commit=$1 service
    set_variables "$commit" && stage "$commit" || return
    for service in "${services[@]}"; do
        run railway up "$work/$commit/$service" --path-as-root --ci --service "$service" \
            --environment "$environment" || return
    done
}

is_healthy() {  # The database answers, and both processes run this commit. A pause, or a model that is down, is no fault.
    local commit=$1 health
    health=$(curl --silent --show-error --fail --max-time 10 "$url/api/ai-agent/health") || return
    [[ $health == *"\"release\":\"$commit\""* && $health =~ \"releases\":\[[^]]*\"$commit\" ]]
}

wait_for_health() {
    local commit=$1 deadline=$((SECONDS + timeout))
    if $dry_run; then
        echo "curl --fail $url/api/ai-agent/health  # until it is healthy with release $commit, at most $timeout s"
        return
    fi
    until is_healthy "$commit"; do
        ((SECONDS < deadline)) || return 1
        sleep "$pause"
    done
}

# --- Check ----------------------------------------------------------------------------------------------------------

tools=(git tar curl)
$dry_run || tools+=(railway)
for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null || fail "Not found: $tool. (Railway's: npm install -g @railway/cli)"
done
[[ -f $env_file ]] || fail "There is no $env_file. Copy deploy/env.production to it and fill it in."
[[ $(value_of FLASK_ENV) == production ]] || fail "$env_file: FLASK_ENV must be production."
[[ -n $(value_of DATABASE_URL) ]] || fail "$env_file: DATABASE_URL is empty."
secret=$(value_of JWT_SECRET_KEY)
[[ -n $secret$(value_of JWT_PUBLIC_KEY)$(value_of JWT_JWKS_URL) ]] ||
    fail "$env_file: JWT_SECRET_KEY is empty (or set JWT_PUBLIC_KEY, or JWT_JWKS_URL)."
[[ -z $secret || ${#secret} -ge 32 ]] || fail "$env_file: JWT_SECRET_KEY is shorter than 32 characters."
[[ -n $(value_of OPENAI_API_KEY)$(value_of OPENAI_BASE_URL) || $(value_of AI_PROVIDER) == rules ]] ||
    fail "$env_file: OPENAI_API_KEY is empty (or set OPENAI_BASE_URL, or AI_PROVIDER=rules)."
new=$(git rev-parse --verify HEAD)
[[ -z $(git status --porcelain --untracked-files=no) ]] || echo "Note: changes that are not committed stay here." >&2
mark=refs/deployed/$environment
old=$(git rev-parse --verify --quiet "$mark" || true)
run railway status || fail "Railway does not know this folder: railway login, then railway link."
if [[ -z $url ]]; then
    if $dry_run; then
        echo "railway domain --service web --json"
        url=https://web.example.up.railway.app
    else
        answer=$(railway domain --service web --json)
        [[ $answer =~ https?://[^\"[:space:]]+ ]] || fail "The service web has no domain yet; give --url."
        url=${BASH_REMATCH[0]}
    fi
fi

# --- Deploy, or roll back -------------------------------------------------------------------------------------------

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
$dry_run || echo "Deploying ${new:0:12} to $environment."
if release "$new" && wait_for_health "$new"; then
    run git update-ref "$mark" "$new"
    if $dry_run; then exit 0; fi
    echo "Healthy at $url."
    exit 0
fi
[[ -n $old && $old != "$new" ]] || fail "It did not become healthy, and there is no earlier release to go back to."
echo "It did not become healthy in $timeout s. Rolling back to ${old:0:12}." >&2
if release "$old" && wait_for_health "$old"; then
    fail "Rolled back: ${old:0:12} is healthy. Read the log of ${new:0:12} before trying again."
fi
fail "Rolling back to ${old:0:12} did not help either. Look at the service now."
