// Package train trains detectors, CenterNet and FCOS, with the Balance-Oriented
// Focal Loss or another, and evaluates them.
//
// [Open] turns a [Config] into a [Job]: dataset, weights, network. [Job.Run]
// trains and writes a run folder:
//
//	config.json             the configuration, as it was resolved
//	weights.arrow           the class weights that were used
//	metrics.jsonl           a line of JSON for each epoch
//	last.safetensors        network and optimiser at the last moment that was saved
//	previous.safetensors    likewise, at the moment before
//	events.out.tfevents.*   the numbers of steps and epochs for TensorBoard
//	best.safetensors        the network with the highest validation AP
//	detections.json         of the last network, in COCO's results format
//	results.json            its AP, overall, by class, by tail and head
//
// The results are those of the network after the last epoch, as in the paper:
// choosing the best by the validation set would flatter it. With Config.EMA it is
// the moving average of the weights that is evaluated, kept as the best and used
// by predictions; checkpoints to go on from hold both.
//
// # Stopping and going on
//
// Every file is written under a temporary name and renamed. Checkpoints are
// written after each epoch, every Config.SaveEvery inside it, and when the
// context ends: the numbers are copied between two steps, and written beside
// the next ones. Each tensor has a checksum, so that a damaged file is refused.
//
// [Job.Resume] goes on at the very step. The seed, the epoch and the image's
// index alone decide what an epoch consists of, and the checkpoint holds all
// else that a step depends on; a run that was killed at any moment therefore
// ends with the same numbers, bit for bit, as one that was not.
//
// # The weighted loss
//
// In epoch e the plan of package balance gives α̂ (eq. (7)) and η̂; an image
// whose targets hold n_{i,k} objects of class i has the weight
// ŵ_{i,k} = α̂_i·η̂^n (eq. (8)) on all cells of its channel i (eqs. (6), (9)).
// The whole loss is heatmap + 0.1·size + offset.
package train
