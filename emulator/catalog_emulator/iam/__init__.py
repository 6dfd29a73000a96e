"""IAM policies: what an identity may do, and what a call needs. Does not know stacks or Service Catalog.

Evaluated are identity-based policies and permissions boundaries; not resource policies (of buckets, keys,
topics), key grants (kms:CreateGrant), session policies, or service control policies.
"""

from catalog_emulator.iam.access import Access, DeniedError, Place
from catalog_emulator.iam.call_permissions import Need, needs
from catalog_emulator.iam.principals import access_of, session_arn, trusted_services, with_path
from catalog_emulator.iam.session_keys import install

__all__ = ["Access", "DeniedError", "Need", "Place", "access_of", "install", "needs"]
__all__ += ["session_arn", "trusted_services", "with_path"]
