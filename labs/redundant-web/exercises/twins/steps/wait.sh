# A while in which both servers are written to.
sleep 12
