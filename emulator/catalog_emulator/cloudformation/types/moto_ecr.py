"""Exclusions of immutable tags, which moto checks only where a repository is made.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImageTagMutability.html
"""

from typing import Any

from moto.ecr.models import ECRBackend

_put = ECRBackend.put_image_tag_mutability


def put_image_tag_mutability(
    self: ECRBackend,
    registry_id: str,
    repository_name: str,
    image_tag_mutability: str,
    image_tag_mutability_exclusion_filters: Any = None,
) -> dict[str, str]:
    """Filters are for the settings with exclusions, and for no other."""
    filters = image_tag_mutability_exclusion_filters
    self.validate_image_tag_mutability_params_compatibility(image_tag_mutability, filters)
    return _put(self, registry_id, repository_name, image_tag_mutability, filters)


ADDITIONS = {ECRBackend: (put_image_tag_mutability,)}
