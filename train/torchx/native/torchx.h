/* The C interface of libtorchx: the operators, the losses, the optimiser and
 * the error-safe calls that gotorch lacks.
 *
 * A tx_tensor is an at::Tensor*, the same pointer that gotorch's Tensor holds,
 * so tensors pass freely between the two libraries. A tensor returned through
 * an out parameter is new and belongs to the caller.
 *
 * Every function that returns char* returns NULL on success, else a message
 * that the caller frees with tx_free. No C++ exception crosses this interface.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void *tx_tensor;
typedef void *tx_optimiser;
typedef void *tx_store;
typedef void *tx_group;
typedef void *tx_reducer;
typedef void *tx_later;
typedef void *tx_folded;

void tx_free(char *message);

/* --- process ---------------------------------------------------------- */

/* The version of libtorch that the library was built with, e.g. "1.13.1". */
const char *tx_version(void);
/* Sets the threads of one operator. */
char *tx_set_threads(int32_t threads);
/* Whether threads that wait for work leave the processor to others at once (1), or
 * only when they have waited for as long as OpenMP deems right (0, at first). */
char *tx_crowded(int32_t crowded);
int32_t tx_cuda_devices(void);
/* What convolutions multiply: float32 numbers as they are, on a GPU rounded to TF32,
 * or bfloat16. *previous receives the former choice. */
enum { TX_FLOAT32 = 0, TX_TF32 = 1, TX_BFLOAT16 = 2 };
char *tx_use_precision(int32_t precision, int32_t *previous);
/* Whether this processor multiplies bfloat16 by itself. */
int32_t tx_bfloat16_here(void);
/* Whether a GPU tries which way to convolve is fastest, for each shape anew. */
void tx_try_convolutions(int32_t enabled);
/* Whether the kernels of cuda/ are there for a GPU, else why not. */
char *tx_gpu_kernels(const char *device);
/* Compiles them with the NVRTC at a path (empty: libtorch's) for sm_80, say; *version
 * (freed with tx_free) and *bytes receive NVRTC's version and the size of the code. */
char *tx_compile_kernels(const char *library, const char *architecture, char **version, int64_t *bytes);
/* Chooses whether the calling thread records operations for backward;
 * *previous receives the former choice. */
char *tx_set_grad(int32_t enabled, int32_t *previous);

/* The memory of large tensors on the CPU: of living ones, and what waits to be
 * used again, bytes. */
void tx_tensor_memory(int64_t *live, int64_t *idle);

/* --- tensors ---------------------------------------------------------- */

/* device: "cpu", "cuda" or "cuda:N". */
char *tx_from_floats(const float *data, const int64_t *shape, int32_t dims, const char *device, int32_t channels_last, tx_tensor *out);
/* A CPU tensor over data itself, which has to outlive it. */
char *tx_view_floats(float *data, const int64_t *shape, int32_t dims, tx_tensor *out);
/* Of shape B,C,H,W, from data in the order B,H,W,C: on the CPU a tensor over data
 * itself, which has to outlive it, on another device a copy. */
char *tx_pixels(float *data, const int64_t *shape, const char *device, tx_tensor *out);
char *tx_from_ints(const int64_t *data, const int64_t *shape, int32_t dims, const char *device, tx_tensor *out);
/* Copies n floats out of, or into, t in row-major order, whatever its layout and device. */
char *tx_read_floats(tx_tensor t, float *data, int64_t n);
char *tx_write_floats(tx_tensor t, const float *data, int64_t n);
char *tx_numel(tx_tensor t, int64_t *n);
/* *dims receives the number of t's dimensions, sizes their first n lengths. */
char *tx_shape(tx_tensor t, int64_t *sizes, int32_t n, int32_t *dims);
/* n scalars on their way from their device. They are waited for when they are read;
 * tx_later_free forgets them. */
char *tx_later_new(const tx_tensor *scalars, int32_t n, tx_later *out);
char *tx_later_read(tx_later l, float *values, int32_t n);
void tx_later_free(tx_later l);
/* One-hot targets of B,C,1,N cells on a device: 1 in channel labels[b*N+n] of
 * cell n of image b, where that is a class; -1 stands for none. */
char *tx_one_hot(const int32_t *labels, int64_t images, int64_t classes, int64_t cells, const char *device, tx_tensor *out);
/* Frees t's memory now and leaves an undefined tensor behind. */
char *tx_release(tx_tensor t);
/* Moves a leaf to a device and, for four dimensions, a memory layout, in place. */
char *tx_move(tx_tensor t, const char *device, int32_t channels_last);
char *tx_set_requires_grad(tx_tensor t, int32_t enabled);
/* Copies t's gradient into data; has is 0, and nothing is copied, when it has none. */
char *tx_read_grad(tx_tensor t, float *data, int64_t n, int32_t *has);

/* --- operators with gradients ------------------------------------------ */

char *tx_relu(tx_tensor x, tx_tensor *out);  /* in place */
char *tx_add(tx_tensor x, tx_tensor y, tx_tensor *out); /* x += y */
char *tx_sigmoid(tx_tensor x, tx_tensor *out);
/* Convolution of x B,I,H,W with weight O,I/groups,k,k, bias O or NULL. */
char *tx_conv2d(tx_tensor x, tx_tensor weight, tx_tensor bias, int64_t stride, int64_t padding, int64_t groups, tx_tensor *out);
/* Transposed convolution of x B,I,H,W with weight I,O,4,4, stride 2, padding 1:
 * B,O,2H,2W. */
char *tx_double(tx_tensor x, tx_tensor weight, tx_tensor *out);
char *tx_relu_copy(tx_tensor x, tx_tensor *out);
char *tx_hardsigmoid(tx_tensor x, tx_tensor *out); /* min(max(x+3, 0), 6) / 6 */
/* exp(scale x) with one number scale */
char *tx_exp_scaled(tx_tensor x, tx_tensor scale, tx_tensor *out);
/* x B,C,H,W times y of the same shape or one that broadcasts to it */
char *tx_mul(tx_tensor x, tx_tensor y, tx_tensor *out);
/* x B,C,H,W less its mean and divided by its deviation per image and group of
 * channels, times weight C plus bias C. */
char *tx_group_norm(tx_tensor x, tx_tensor weight, tx_tensor bias, int64_t groups, double eps, tx_tensor *out);

/* A batch normalisation (Ioffe and Szegedy, 2015) of maps, with C numbers in each
 * tensor, and what follows: by the batch's mean and variance, which the running
 * statistics then get their share of, or by the running ones. */
enum { TX_IDENTITY = 0, TX_RELU = 1, TX_RELU6 = 2, TX_HARDSWISH = 3, TX_AFTER_RELU = 4 /* the normalisation of max(x, 0) */ };
typedef struct {
  tx_tensor weight, bias, running_mean, running_var;
  double eps, momentum;
  int32_t batch, activation;
} tx_norm;
/* x B,C,H,W, normalised, plus added (NULL or as x), through the activation. */
char *tx_batch_norm(tx_tensor x, const tx_norm *n, tx_tensor added, tx_tensor *out);
/* Convolutions of what n makes of x, which is not kept; of x itself if n is NULL.
 * Depthwise: weight C,1,3,3, padding 1, stride 1 or 2. Pointwise: weight O,C,1,1,
 * bias O or NULL. */
char *tx_depthwise(tx_tensor x, const tx_norm *n, tx_tensor weight, int64_t stride, tx_tensor *out);
char *tx_pointwise(tx_tensor x, const tx_norm *n, tx_tensor weight, tx_tensor bias, tx_tensor *out);
/* weight O,C,3,3, bias O or NULL, padding 1, stride 1 */
char *tx_conv3x3(tx_tensor x, const tx_norm *n, tx_tensor weight, tx_tensor bias, tx_tensor *out);
char *tx_max_pool(tx_tensor x, int64_t kernel, int64_t stride, int64_t padding, tx_tensor *out);
char *tx_mean_pool(tx_tensor x, tx_tensor *out); /* B,C,H,W to B,C,1,1 */
char *tx_cat(const tx_tensor *x, int32_t n, tx_tensor *out); /* along the channels */
/* Levels B,C,h,w one after the other: B,C,1,N with N = sum of h w. */
char *tx_cat_cells(const tx_tensor *levels, int32_t n, tx_tensor *out);
/* lateral plus coarse, resized to its height and width by nearest cells */
char *tx_nearest_add(tx_tensor coarse, tx_tensor lateral, tx_tensor *out);
/* Transposed convolution of each channel of x B,C,H,W with its own weight,
 * C,1,2f,2f, at stride f (2, 4 or 8) and padding f/2: B,C,fH,fW. */
char *tx_up_depthwise(tx_tensor x, tx_tensor weight, int64_t factor, tx_tensor *out);
/* Modulated deformable convolution of x B,C,H,W with weight O,C,rows,columns,
 * of K = rows*columns taps, and bias O or NULL: B,O,H',W'. offset B,2K,H',W'
 * holds dy and dx of each tap, mask B,K,H',W' a factor of each. */
char *tx_deform_conv2d(tx_tensor x, tx_tensor offset, tx_tensor mask, tx_tensor weight, tx_tensor bias, int64_t stride, int64_t padding, int64_t dilation,
                       tx_tensor *out);
/* The same with points B,3K,H',W': the offsets, then logits of the masks. */
char *tx_deformable(tx_tensor x, tx_tensor points, tx_tensor weight, tx_tensor bias, int64_t stride, int64_t padding, int64_t dilation, tx_tensor *out);
/* sum of w[i]*x[i] over n scalars */
char *tx_weighted_sum(const tx_tensor *x, const float *w, int32_t n, tx_tensor *out);

/* --- inference ---------------------------------------------------------- */

/* A convolution and what follows it, without gradients, and without the tensors that
 * it was made of: activation(convolution + bias + added), with the normalisations
 * before and after it, by running statistics, as part of weight and bias. */
enum { TX_CONVOLUTION = 0, TX_DOUBLE = 1, TX_DEFORMABLE = 2 };
typedef struct {
  int32_t kind;           /* as the functions above; a deformable convolution at stride 1, 3x3, of padding 1 */
  tx_tensor weight, bias; /* the latter may be NULL */
  int64_t stride, padding, groups;
  const tx_norm *before;  /* NULL, or what a 1x1 convolution reads is normalised by it; its activation does not matter */
  const tx_norm *after;   /* NULL, or as before */
  int32_t activation;     /* not TX_AFTER_RELU */
} tx_folding;
char *tx_fold(const tx_folding *f, tx_folded *out);
void tx_folded_free(tx_folded f);
/* Of n maps, as if they were one after the other; of one whose channels are multiplied
 * by factors B,C,1,1 before, if that is not NULL; added may be NULL. */
char *tx_folded_run(tx_folded f, const tx_tensor *x, int32_t n, tx_tensor factors, tx_tensor added, tx_tensor *out);
char *tx_folded_deform(tx_folded f, tx_tensor x, tx_tensor points, tx_tensor *out);
/* A 1x1 convolution, a depthwise one and another 1x1, in one; the first or the last
 * may be NULL. */
char *tx_folded_block(tx_folded expand, tx_folded depthwise, tx_folded project, tx_tensor x, tx_tensor added, tx_tensor *out);
/* A convolution that keeps the size, at n cells (b·H + y)·W + x of x alone: n,O,1,1. */
char *tx_folded_at(tx_folded f, tx_tensor x, const int64_t *cells, int64_t n, tx_tensor *out);
/* Images of x, B,C,H,W. */
char *tx_images(tx_tensor x, const int64_t *which, int64_t n, tx_tensor *out);
/* The mean of x, B,C,H,W, and of other, whose rows are read backwards. */
char *tx_mirrored_mean(tx_tensor x, tx_tensor other, tx_tensor *out);
/* The k largest numbers of each image of x, B,C,H,W, that are above floor and below
 * none of their eight neighbours in the channel, the largest first; of equal ones, the
 * first. Of each, values and places receive k numbers, a place being (c·H + y)·W + x,
 * and counts how many there are. */
char *tx_peaks(tx_tensor x, float floor, int64_t k, float *values, int64_t *places, int64_t *counts);

/* --- losses (scalars) --------------------------------------------------- */

/* How class weights are spread over the channels of a location. */
enum { TX_CLASS_WISE = 0, TX_LOCATION_WISE = 1, TX_EQUALISED = 2 };

/* Focal loss of logits B,C,H,W against heatmap B,C,H,W with weights B,C, divided
 * by the number of heatmap cells that are exactly 1, if there is one: with alpha
 * in (0,1) alpha-balanced, with 0 penalty-reduced. foreground and background hold n numbers each: C when weighting
 * is TX_EQUALISED, else 0. */
char *tx_heatmap_loss(tx_tensor logits, tx_tensor heatmap, tx_tensor weights, double gamma, double alpha, int32_t weighting,
                      const float *foreground, const float *background, int32_t n, tx_tensor *out);
/* The names of the ways to compute on a CPU that this machine has, with commas
 * between them, the fastest first; and the choice of one. With the last, operators, a
 * GPU uses libtorch's operators alone as well; cuda-source is the GPU's own source as
 * plain C++. */
const char *tx_kernels(void);
char *tx_use_kernel(const char *name);
/* L1 distance of prediction B,D,H,W at the cells index B,M to target B,M,D,
 * over the objects with mask B,M; divided by D*objects + 1e-4. */
char *tx_gather_l1(tx_tensor prediction, tx_tensor index, tx_tensor target, tx_tensor mask, tx_tensor *out);

enum { TX_IOU = 0, TX_IOU_PLUS_ONE = 1, TX_GIOU = 2 };

/* Losses at n positive cells b*N+n, given the distances targets B,N,4 to the left,
 * top, right and bottom side of the cells' boxes; 0 without any. Of predicted
 * distances B,4,1,N: the mean weighted by the targets' centre-ness. Of the logits
 * B,1,1,N of the centre-ness: the mean cross entropy. */
char *tx_box_loss(tx_tensor distances, tx_tensor targets, const int64_t *positives, int64_t n, int32_t kind, tx_tensor *out);
char *tx_centre_loss(tx_tensor logits, tx_tensor targets, const int64_t *positives, int64_t n, tx_tensor *out);

/* --- training ----------------------------------------------------------- */

char *tx_backward(tx_tensor loss);
char *tx_adam_new(const tx_tensor *parameters, int32_t n, double beta1, double beta2, double eps, double weight_decay, tx_optimiser *out);
/* rate: factors of the learning rate; they and weight_decay: n numbers. */
char *tx_sgd_new(const tx_tensor *parameters, const double *rate, const double *weight_decay, int32_t n, double momentum, tx_optimiser *out);
/* Updates the parameters that have a gradient and drops all gradients. */
char *tx_optimiser_step(tx_optimiser optimiser, double lr);
/* Moment k of parameter i, which shares memory with the optimiser (Adam: 0 the
 * first and 1 the second, SGD: 0), and the number of steps taken. */
char *tx_optimiser_moment(tx_optimiser optimiser, int32_t i, int32_t k, tx_tensor *out);
int64_t tx_optimiser_steps(tx_optimiser optimiser);
void tx_optimiser_set_steps(tx_optimiser optimiser, int64_t steps);
void tx_optimiser_free(tx_optimiser optimiser);
/* averages[i] += weight (values[i] - averages[i]) for n float32 tensors. */
char *tx_average(const tx_tensor *averages, const tx_tensor *values, int32_t n, double weight);

/* --- several processes -------------------------------------------------- */

/* A store of texts by name, below a prefix, which one process serves and all of a group use. A
 * process that does not serve it waits for it, at most so many seconds. */
char *tx_store_new(const char *host, int32_t port, const char *prefix, int32_t serves, double seconds, tx_store *out);
char *tx_store_set(tx_store s, const char *key, const char *value);
/* Waits for the text to be there, at most the store's time. *value is freed with tx_free. */
char *tx_store_get(tx_store s, const char *key, char **value);
void tx_store_free(tx_store s);

/* Whether groups can be made: not without Gloo's headers. */
int32_t tx_group_built(void);
/* Joins the group as rank of size, reached at an address of this machine or, if
 * that is not empty, by a network interface. Blocks until all have joined. */
char *tx_group_new(tx_store s, const char *address, const char *interface, int32_t rank, int32_t size, double seconds, tx_group *out);
/* Gives float32 tensors the numbers that they have in process 0. */
char *tx_group_broadcast(tx_group g, const tx_tensor *tensors, int32_t n);
void tx_group_free(tx_group g);

/* Sums gradients over a group. Of the K batches of a step this process sees
 * "own", and "later" are seen by those after it: running statistics, of the given
 * momentum, become what one process makes of all in turn. */
char *tx_reducer_new(tx_group g, const tx_tensor *parameters, int32_t n, const tx_tensor *running, const double *momentum, int32_t m,
                     int64_t own, int64_t later, int64_t all, int64_t extras, tx_reducer *out);
/* Says that the way back to come is the step's last, so that sums can begin on it. */
char *tx_reducer_arm(tx_reducer r);
/* Start, wait and finish follow each other; only wait blocks, and it may be
 * called by another thread. The n extras are summed, too. */
char *tx_reducer_start(tx_reducer r, const float *extras, int64_t n);
char *tx_reducer_wait(tx_reducer r);
char *tx_reducer_finish(tx_reducer r, float *extras, int64_t n);
void tx_reducer_free(tx_reducer r);

#ifdef __cplusplus
}
#endif
