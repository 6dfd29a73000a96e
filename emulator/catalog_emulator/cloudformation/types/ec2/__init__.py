"""The network: VPCs and what is in them, security groups, endpoints, flow logs."""
