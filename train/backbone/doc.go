// Package backbone has the networks that turn an image into feature maps, in a
// table by name, a file each.
//
// A backbone gives maps at the strides 4, 8, 16 and 32, as far as it goes. Its
// numbers have the names of torchvision's models, or for DLA-34 those of its
// authors, below a prefix: backbone.features.1.conv.0.0.weight. What only
// classification needs is left out.
package backbone
