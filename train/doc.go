// Package train trains CenterNet with the Balance-Oriented Focal Loss and
// evaluates it.
//
// [Open] turns a [Config] into a [Job]: dataset, weights, network. [Job.Run]
// trains and writes a run folder:
//
//	config.json             the configuration, as it was resolved
//	weights.arrow           the class weights that were used
//	metrics.jsonl           a line of JSON for each epoch
//	last.safetensors        network and optimiser after the last whole epoch
//	best.safetensors        the network with the highest validation AP
//	detections.json         of the last network, in COCO's results format
//	results.json            its AP, overall, by class, by tail and head
//
// The results are those of the network after the last epoch, as in the paper:
// choosing the best by the validation set would flatter it.
//
// Every file is written under a temporary name and renamed. Training can be
// stopped at any time and goes on from last.safetensors; the seed, the epoch
// and the image's index alone decide what an epoch consists of.
//
// # The weighted loss
//
// In epoch e the plan of package balance gives α̂ (eq. (7)) and η̂; an image
// whose targets hold n_{i,k} objects of class i has the weight
// ŵ_{i,k} = α̂_i·η̂^n (eq. (8)) on all cells of its channel i (eqs. (6), (9)).
// The whole loss is heatmap + 0.1·size + offset.
package train
