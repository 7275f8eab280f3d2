// Package lt is the arithmetic of long tails: how rare each class of a
// dataset is, which classes form the tail, and how uneven the whole is.
//
// Everything works on slices that hold one number per class, in any order of
// the classes; results keep that order. Counts are never negative.
//
// # Symbols
//
//	C     number of classes, the length of the slices
//	n_j   instances (annotated objects) of class j
//	N_j   images that hold class j at least once
//	N     images that hold any annotation
//	f_j   = N_j / N, the frequency of class j, in [0, 1]
//	p_j   = n_j / Σ n, the share of class j, in [0, 1]
//
// # Tail ratio
//
// With T(x) = 1 where x holds and 0 elsewhere, the tail ratio of a frequency
// threshold λ is
//
//	TR(λ) = Σ_j T(f_j < λ) N_j / Σ_j N_j
//
// that is, the share of all (image, class) pairs that belongs to the classes
// below the threshold. [TailSplit] turns it around: it takes the ratio and
// finds the classes.
//
// [TopSplit] makes a head of the largest classes, and [Bins] divides the
// classes by thresholds.
//
// # Long tails to order
//
// [Profile] says how many instances each class is to have for a given imbalance
// factor; package subset makes the dataset that has them.
//
// # Distances
//
// [TotalVariation], [JensenShannon] and [Hellinger] tell how far the class
// distributions of two sets are apart, [PermutationTest] whether that is more
// than chance explains.
//
// # References
//
//   - J. Tan et al., "Equalization Loss for Long-Tailed Object Recognition",
//     CVPR 2020: tail ratio.
//   - A. Gupta, P. Dollár, R. Girshick, "LVIS: A Dataset for Large Vocabulary
//     Instance Segmentation", CVPR 2019: repeat factors and the groups rare,
//     common, frequent.
//   - T. Wang et al., "The Devil is in Classification: A Simple Framework for
//     Long-tail Instance Segmentation" (SimCal), ECCV 2020: its bins.
//   - Y. Cui et al., "Class-Balanced Loss Based on Effective Number of Samples",
//     CVPR 2019: exponential profiles.
//   - Z. Liu et al., "Large-Scale Long-Tailed Recognition in an Open World",
//     CVPR 2019: Pareto profiles.
//   - C. Gini, "Variabilità e mutabilità", 1912: the index of inequality.
//   - C. E. Shannon, "A Mathematical Theory of Communication", 1948: entropy.
//   - J. Lin, "Divergence Measures Based on the Shannon Entropy", IEEE
//     Transactions on Information Theory 37(1), 1991: Jensen–Shannon divergence.
//   - R. A. Fisher, "The Design of Experiments", 1935: the permutation test.
//   - M. O. Hill, "Diversity and Evenness", Ecology 54(2), 1973: the effective
//     number of classes.
package lt
