"""HPipe without a screen: discovery, planning and pipelined inference over a pool of machines."""
