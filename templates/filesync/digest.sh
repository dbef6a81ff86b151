#!/bin/sh
# What is in this node's copy of the files, a line for each: its path and a sum.
cd /srv/data/www || exit 1
find . -type f ! -name '.*' | sort | while read -r file; do
    sum=$(sha256sum <"$file") && printf '%s\t%s\n' "$file" "${sum%% *}"
done
