#!/bin/sh
set -eu
echo "set up"
