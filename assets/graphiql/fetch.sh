#!/bin/sh
# Fetches the pinned npm packages of the GraphQL explorer into vendor/ (ignored by git), so that the next build embeds
# them and the explorer works without the internet. Without this step the page loads the same files from a CDN.
# Needs npm (only as a download tool: nothing of Node is used by the build), tar, openssl and base64.
# Exit code: 0 all there, 1 a download or a hash is wrong, 2 a tool is missing. What is there already is not fetched again.
set -eu
cd "$(dirname "$0")"
pins=pins.txt
vendor=vendor

for tool in npm tar openssl base64; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "fetch.sh: '$tool' is not installed. Install it and run this again; until then the explorer loads from a CDN." >&2
        exit 2
    fi
done

# hash ALGORITHM FILE: in the notation of npm and of Subresource Integrity, e.g. sha512-Base64==
hash() { printf '%s-%s' "$1" "$(openssl dgst "-$1" -binary "$2" | base64 | tr -d '\n')"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
mkdir -p "$vendor"

grep -v '^#' "$pins" | while read -r package version package_hash file file_hash; do
    [ -n "$package" ] || continue
    # umd/react.production.min.js of react 18.3.1 becomes react-18.3.1.min.js: the version in the name makes it cacheable for ever.
    target="$vendor/$package-$version.min.${file##*.}"
    if [ -f "$target" ] && [ "$(hash sha384 "$target")" = "$file_hash" ]; then
        echo "have    $target"
        continue
    fi
    archive="$work/$package-$version.tgz"
    if [ ! -f "$archive" ]; then
        if ! (cd "$work" && npm pack --loglevel error "$package@$version" >/dev/null 2>"$work/npm.log"); then
            echo "fetch.sh: npm could not download $package@$version:" >&2
            sed 's/^/    /' "$work/npm.log" >&2
            echo "fetch.sh: check the network or npm's registry setting; until then the explorer loads from a CDN." >&2
            exit 1
        fi
        if [ "$(hash sha512 "$archive")" != "$package_hash" ]; then
            echo "fetch.sh: $package@$version is not the package that pins.txt names (hash $(hash sha512 "$archive")); nothing of it was kept." >&2
            exit 1
        fi
    fi
    tar -xzf "$archive" -C "$work" "package/$file" package/LICENSE
    if [ "$(hash sha384 "$work/package/$file")" != "$file_hash" ]; then
        echo "fetch.sh: $file of $package@$version has another hash than pins.txt says; it was not kept." >&2
        exit 1
    fi
    mv "$work/package/LICENSE" "$vendor/$package-LICENSE.txt"
    mv "$work/package/$file" "$target"
    echo "fetched $target"
done
echo "The explorer's files are in assets/graphiql/$vendor; the next 'cargo build' embeds them."
