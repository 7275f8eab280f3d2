// Package backbone has the networks that turn an image into feature maps, in a
// table by name, a file each.
//
// A backbone gives maps at the strides 4, 8, 16 and 32, as far as it goes; their
// numbers have the names of torchvision's models where there is one, below a
// prefix: backbone.features.1.conv.0.0.weight.
package backbone
