// Package model builds the detectors, on gotorch's modules.
//
// A CenterNet ("Objects as points", Zhou et al., 2019) is a backbone that
// shrinks the image 32 times, a neck that enlarges its features again to a
// quarter of the image, and three heads. MobileNet v2 ("Inverted residuals and linear
// bottlenecks", Sandler et al., CVPR 2018) is the backbone of the paper's
// experiments (section 5.1).
//
// # Shapes
//
//	B  images     C  classes     S  input side, a multiple of 32
//	image     B,3,S,S      RGB, normalised
//	features  B,F,S/32,S/32
//	neck      B,64,S/4,S/4
//	heatmap   B,C,S/4,S/4  logits
//	size      B,2,S/4,S/4  width and height in cells
//	offset    B,2,S/4,S/4  of the centre from its cell's corner, in cells
//
// # Names
//
// Parameters and buffers have the names of torchvision's models where there is
// one: backbone.features.1.conv.0.0.weight. Their order is that of the network.
//
// Networks must be built and run inside torchx.Step.
package model
