"""A Django database engine for MongoDB that is safe for commerce: ``ENGINE = "shop.db.mongodb"``.

A thin layer on django-mongodb-backend 5.2.4; see README.md for what it adds and refuses. Importing this package
touches neither the driver nor Django; `base` verifies the pinned backend before the first connection object exists.
"""
