# The program of the database is read into memory meanwhile, in nobody's way; the cluster manager starts it with the rest.
nice -n 19 /usr/sbin/mariadbd --no-defaults --verbose --help >/dev/null 2>&1 &
