"""The studio without its page, for programs: `photostyle serve`.

app.py          the application: its layers, how it stops
operations.py   the one table of what it answers; schemas.py: what is sent and comes back; api.py: answers that the page lacks
openapi.py      the table as an OpenAPI document
tokens.py       who may ask
gate.py         how many requests at once
lasting_jobs.py jobs that are kept as files, so that a server that was killed goes on with them
metrics.py      what is counted, as Prometheus reads it
"""
