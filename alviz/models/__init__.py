"""The networks, one small file each. A factory takes the shape of one example and the number of classes."""
