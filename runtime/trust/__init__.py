"""Who a machine is and whom it trusts: keys, pairing, paired machines."""
