#!/usr/bin/python3
print("compiled")
