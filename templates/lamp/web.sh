{%- if param.web_server == "always" -%}
# Apache does not need its pages to start. On this node, where a page will be asked for first, it comes up while the
# nodes wait for each other.
systemctl start --no-block apache2.service
{% endif -%}
# Meanwhile the database's program is read into memory with low priority; the cluster manager starts it with the rest.
nice -n 19 /usr/sbin/mariadbd --no-defaults --verbose --help >/dev/null 2>&1 &
