"""Traffic: Envoy carries it, and its access log is what live evidence is made of.

routing.py   which release gets what share, and how that reads as Envoy's clusters and routes (pure)
envoy.py     where the binary is, how it is started, what it is told before its first route (pure)
pins.lua     a conversation that has begun keeps its release; runs inside Envoy
admin.py     what Envoy says of itself: the configuration in force, health, requests in flight
log.py       the access log, read on from where one was
"""
