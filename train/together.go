package train

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"cocostat/evaluate"
	"cocostat/train/data"
	"cocostat/train/internal/buffer"
	"cocostat/train/layer"
	"cocostat/train/torchx"
	"cocostat/train/world"
)

// ErrStopped is what a training of several processes ends with when another one
// was asked to end.
var ErrStopped = errors.New("another process of the training was asked to end")

// share is the part of a step's batches that this process trains on.
func share(c Config, w *world.World) data.Share {
	return data.Share{Batches: c.batches(), Parts: w.Size(), Part: w.Rank()}
}

// start is what the first process begins with, and all with it.
type start struct {
	State   State
	Steps   int64  // of the optimiser
	Weights uint32 // checksum of the class weights and counts of η
	Plan    string // of the batches
}

// together gives all processes the first one's state and numbers, and refuses those
// that would train something else.
func (r *run) together() error {
	if r.world.Size() == 1 {
		return nil
	}
	mine, err := json.Marshal(start{r.state, r.learner.optimiser.Steps(), r.weightsSum(), r.loader.Plan()})
	if err != nil {
		return err
	}
	all, err := r.world.Exchange("the beginning", mine)
	if err != nil {
		return err
	}
	var first start
	if err := json.Unmarshal(all[0], &first); err != nil {
		return err
	}
	for rank, text := range all {
		var other start
		if err := json.Unmarshal(text, &other); err != nil {
			return err
		}
		if what := otherTraining(first, other); what != "" {
			return fmt.Errorf("train: rank %d has another %s than rank 0: start all processes with the same command, on the same data", rank, what)
		}
	}
	if !r.world.Chief() {
		files := r.state.Config
		r.state = first.State
		r.state.Config = files
		r.learner.optimiser.SetSteps(first.Steps)
	}
	return r.spread()
}

// otherTraining names the first thing in which two processes do not train the
// same; the paths of their files may differ.
func otherTraining(a, b start) string {
	b.State.Config.Data = a.State.Config.Data
	switch what := a.State.Config.Difference(b.State.Config); {
	case what != "":
		return what
	case a.State.TrainingSet != b.State.TrainingSet:
		return "training set"
	case a.State.ValidationSet != b.State.ValidationSet:
		return "validation set"
	case a.Weights != b.Weights:
		return "file of class weights or of η"
	case a.Plan != b.Plan:
		return "size of an image file, or cannot read one,"
	}
	return ""
}

// weightsSum is a checksum of what the weights file and that of η say.
func (j *Job) weightsSum() uint32 {
	sum := crc32.New(castagnoli)
	for _, r := range j.Table.Rows {
		fmt.Fprintln(sum, r.Instances, r.Images, r.Alpha, r.Group)
	}
	if j.counts.table != nil {
		for i := range j.train.Items {
			fmt.Fprintln(sum, j.counts.table[j.train.Items[i].ID])
		}
	}
	return sum.Sum32()
}

// mostSpread are the numbers that are spread at a time.
const mostSpread = 1 << 22

// spread gives all processes the first one's numbers, and begins to sum gradients.
func (r *run) spread() error {
	entries, err := r.learner.all()
	if err != nil {
		return err
	}
	var part []torchx.Tensor
	numbers := 0
	for i, e := range entries {
		part = append(part, e.Tensor)
		if numbers += e.Count(); numbers < mostSpread && i < len(entries)-1 {
			continue
		}
		if err := r.world.Wait("the first numbers", func() error { return r.world.Group().Broadcast(part) }); err != nil {
			return err
		}
		part, numbers = nil, 0
	}
	return r.learner.reduceIn(r.world, share(r.Config, r.world))
}

// agree reports a process whose numbers are no longer those of the first.
func (r *run) agree() error {
	if r.world.Size() == 1 {
		return nil
	}
	entries, err := r.learner.all()
	if err != nil {
		return err
	}
	sum, err := checksum(entries)
	if err != nil {
		return err
	}
	epoch := r.state.Part.Epoch
	all, err := r.world.Exchange(fmt.Sprintf("the checksums of epoch %d", epoch), binary.LittleEndian.AppendUint32(nil, sum))
	if err != nil {
		return err
	}
	for rank, other := range all {
		if !bytes.Equal(other, all[0]) {
			return fmt.Errorf("train: after epoch %d the network of rank %d is not that of rank 0: a fault of its memory, processor or libraries; what was saved before is whole: go on from there with --resume", epoch, rank)
		}
	}
	return nil
}

// checksum is that of all numbers.
func checksum(entries []layer.Entry) (sum uint32, err error) {
	var numbers []float32
	for _, e := range entries {
		numbers = buffer.Resized(numbers, e.Count())
		if err := torchx.Read(e.Tensor, numbers); err != nil {
			return 0, err
		}
		sum = floatSum(sum, numbers)
	}
	return sum, nil
}

// until returns ctx, or for several processes a context that ends when any of them
// is asked to end, or cannot go on.
func until(ctx context.Context, w *world.World) (context.Context, context.CancelFunc) {
	both, cancel := context.WithCancelCause(w.Context(ctx))
	go func() {
		select {
		case <-w.Stopped():
			cancel(ErrStopped)
		case <-both.Done():
		}
	}()
	return both, func() { cancel(nil) }
}

// evaluateTogether evaluates a part of the validation set in each process, and
// gives all of them the result.
func (r *run) evaluateTogether(ctx context.Context) (*Evaluation, error) {
	both, done := until(ctx, r.world)
	defer done()
	mine, err := r.search.run(both, r.val, func(done, total int) { r.watch.Progress(r.progress(done, total, true)) })
	cut := errors.Is(context.Cause(both), ErrStopped)
	if err != nil && !cut {
		return nil, err
	}
	var text []byte // a byte before the detections tells none from a process that was stopped
	if !cut {
		if text, err = binary.Append([]byte{0}, binary.LittleEndian, mine); err != nil {
			return nil, err
		}
	}
	all, err := r.world.Exchange("the detections", text)
	if err != nil {
		return nil, err
	}
	var result []byte
	if r.world.Chief() {
		if result, err = r.judge(all); err != nil {
			return nil, err
		}
	}
	if all, err = r.world.Exchange("the scores", result); err != nil {
		return nil, err
	}
	if len(all[0]) == 0 {
		return nil, stopped(ctx)
	}
	e := &Evaluation{}
	if err := json.Unmarshal(all[0], e); err != nil {
		return nil, err
	}
	if r.world.Chief() {
		e.Detections = r.val.detections
	}
	return e, nil
}

// judge scores the detections of all processes, in the order in which one process
// finds them; nothing if one of them was stopped.
func (r *run) judge(all [][]byte) ([]byte, error) {
	v := r.val
	v.detections = v.detections[:0]
	for _, text := range all {
		if len(text) == 0 {
			return nil, nil
		}
		part := make([]evaluate.Detection, (len(text)-1)/binary.Size(evaluate.Detection{}))
		if _, err := binary.Decode(text[1:], binary.LittleEndian, part); err != nil {
			return nil, err
		}
		v.detections = append(v.detections, part...)
	}
	place := make(map[int64]int, len(v.set.Items))
	for i := range v.set.Items {
		place[v.set.Items[i].ID] = i
	}
	slices.SortStableFunc(v.detections, func(a, b evaluate.Detection) int { return place[a.ImageID] - place[b.ImageID] })
	e, err := v.score(v.detections)
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
}
