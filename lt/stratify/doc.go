// Package stratify divides the images of a dataset into shares, such as train,
// val and test, or folds, in which every class has its part: also the classes of
// which there are few.
//
// # Symbols
//
//	i      item: an image, or images that stay together
//	j      share, which is to get the part r_j of everything, Σ r_j = 1
//	l      label: what is to be spread evenly
//	c_il   how much of label l item i holds
//	T_l    Σ_i c_il
//	n_jl   how much of label l share j has
//
// A class is two labels, the images that hold it and its objects; another one is
// the images without objects.
//
// # Method
//
// First comes the iterative stratification of Sechidis et al.: the label that the
// fewest items hold is dealt out, each of its items to the share that still lacks
// most of the label, of several to the one that lacks most images, of several at
// random. Then the label of which now the fewest are left, and so on, and at last
// the items without a label. An item with many labels comes where its rarest one
// asked for it, so the frequent ones, and objects, of which an image may hold one
// or a hundred, are off afterwards.
//
// So items are moved, and then exchanged, as long as that lowers
//
//	F = Σ_l Σ_j (n_jl − r_j T_l)² / (r_j V_l),   V_l = Σ_i c_il²
//
// which weighs every label alike: a random division has an F of Σ_j (1 − r_j) for
// each label, be it frequent or rare, held in ones or in hundreds. Shares have the
// number of images that they ask for, to the image where items are images.
//
// Of a label that fewer items hold than there are shares not every share can have
// its part. Such labels count together, as one; by themselves an eighth of what
// others do, which sends them where most is.
//
// The result depends on the items, their order and the seed, on nothing else: no
// sum is taken in another order or with another rounding on another machine.
//
// # References
//
//   - K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the Stratification of
//     Multi-Label Data", ECML PKDD 2011.
//   - P. Szymański, T. Kajdanowicz, "A Network Perspective on Stratification of
//     Multi-Label Data", LIDTA 2017: scikit-multilearn.
package stratify
