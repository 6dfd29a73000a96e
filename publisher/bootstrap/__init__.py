"""What an account needs before products are published: the stacks of template bucket and launch roles."""
