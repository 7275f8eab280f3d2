// Package balance holds the equations of balance-oriented focal loss and the
// losses of CenterNet and FCOS in float64, with gradients. It is written to be read and
// checked, not to be fast: the implementation that trains is tested against it.
//
// # Symbols
//
//	B, C, H, W  images, classes, rows and columns of heatmap cells
//	x           logits, shape B×C×H×W in row-major order
//	p           = 1 / (1 + e^−x), the predicted heatmap
//	g           target heatmap in [0, 1], 1 exactly at object centres
//	γ           focal exponent, 2 in the paper
//	T           epochs of the training
//	d           deferred epochs, in which every weight is 1; with the linear
//	            schedules it is 1 in the epoch after them, too ([Neutral])
//	λ           normalised epoch, in [0, 1]
//	α_i         weight of class i (package weights)
//	s           intensity of the class weights, in [0, 1]
//	η           base of the batch-wise factor, in [0, 1]
//	n_{i,k}     objects of class i in the targets of image k
//
// # Weights
//
// The normalised epoch grows linearly after the deferred epochs ([Lambda]):
//
//	λ(e) = 0                           for e < d
//	λ(e) = (e−d) / max(1, T−1−d)       else, at most 1
//
// The weight of class i in image k is
//
//	α̂_i     = 1 + s·λ(α_i − 1)          eq. (7)
//	η̂       = 1 + λ(η − 1)
//	ŵ_{i,k} = α̂_i · η̂^n_{i,k}           eq. (8)
//
// The paper's hat over η can also be read as 1 + λ(η^n − 1); see [EtaReading].
//
// # Losses
//
// The heatmap loss is CenterNet's penalty-reduced focal loss with the weight w
// of every term, eqs. (6) and (9) ([HeatmapLoss]):
//
//	L = −1/P Σ w · (1−p)^γ · log p                 where g = 1
//	               (1−g)^4 · p^γ · log(1−p)        elsewhere
//
// P is the number of cells with g = 1, and 1 if there are none. p is clamped to
// [1e-4, 1−1e-4], and the gradient is 0 where the clamp acts. FCOS has the
// α-balanced focal loss instead, whose p is not clamped,
//
//	L = −1/P Σ w · α · (1−p)^γ · log p           where g = 1
//	               (1−α) · p^γ · log(1−p)        elsewhere
//
// with one-hot g: the cells are those of all levels of its pyramid in one row,
// H = 1. The weights w multiply the terms of both losses alike. The paper's own
// loss has the weight w = ŵ_{i,k} at every cell of class i in image k; the
// losses that it is compared with spread the weights in other ways
// ([Weighting]):
//
//	class-wise       w = ŵ_{i,k}                         BOFL, eq. (6)
//	location-wise    w = ŵ_{c,k} where c is the location's class,
//	                 1 at the background                 CBL, eq. (1)
//	equalised        w = ŵ_{i,k} · (1 − E·T_i·(1−y_i))   EQL
//
// In the last, T_i = 1 for tail classes, y_i = 1 where class i's own heatmap is
// above 0, and E = 1 at locations where that of any class is.
//
// Sizes and offsets have an L1 loss over the objects ([MaskedL1]). FCOS's boxes
// have a loss of their overlap ([BoxLoss]), its centre-ness a cross entropy
// ([CentreLoss]).
//
// # References
//
//   - "Balance-Oriented Focal Loss with Linear Scheduling for Anchor Free
//     Object Detection": equations (6) to (9), tables 1, 5 and 7.
//   - X. Zhou, D. Wang, P. Krähenbühl, "Objects as Points", arXiv:1904.07850:
//     the losses of CenterNet.
//   - Z. Tian, C. Shen, H. Chen, T. He, "FCOS: Fully Convolutional One-Stage
//     Object Detection", ICCV 2019: its losses and the centre-ness.
//   - T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, "Focal Loss for Dense
//     Object Detection", ICCV 2017: the α-balanced focal loss.
//   - J. Yu, Y. Jiang, Z. Wang, Z. Cao, T. Huang, "UnitBox: An Advanced Object
//     Detection Network", ACM Multimedia 2016: the loss −log IoU.
//   - H. Rezatofighi et al., "Generalized Intersection over Union", CVPR 2019.
//   - H. Law, J. Deng, "CornerNet: Detecting Objects as Paired Keypoints",
//     ECCV 2018: the penalty reduction (1−g)^4.
//   - Y. Cui, M. Jia, T.-Y. Lin, Y. Song, S. Belongie, "Class-Balanced Loss
//     Based on Effective Number of Samples", CVPR 2019: CBL.
//   - J. Tan et al., "Equalization Loss for Long-Tailed Object Recognition",
//     CVPR 2020: EQL.
package balance
