"""A stand-in Adobe Commerce (Magento 2) store: its REST API, on premises and as a service."""
