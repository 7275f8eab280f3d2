package train

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"cocostat/internal/tensorboard"
)

// EventFile is a file of events for TensorBoard, as far as a checkpoint knows
// it.
type EventFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}

// events writes the scalars that TensorBoard shows. Each process that trains
// writes a file of its own.
type events struct {
	writer *tensorboard.Writer
	files  []EventFile // the last one is being written
	every  int         // steps between events inside an epoch
}

// Events inside an epoch: about this many, but at least one in so many steps.
const (
	eventsPerEpoch = 20
	eventsApart    = 100
)

// openEvents begins a file of events after those that the state knows, which
// are cut to what they held when it was saved. Files that it does not know are
// of steps that will be taken again, and removed.
func (f *folder) openEvents(s State, steps int) (*events, error) {
	e := &events{every: min(max(1, steps/eventsPerEpoch), eventsApart)}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	for _, entry := range entries { // by name, which is the order of their times
		if !strings.HasPrefix(entry.Name(), tensorboard.Prefix) {
			continue
		}
		known := slices.IndexFunc(s.Events, func(k EventFile) bool { return k.Name == entry.Name() })
		if known < 0 {
			if err := os.Remove(f.file(entry.Name())); err != nil {
				return nil, fmt.Errorf("train: %w", err)
			}
			continue
		}
		size, err := tensorboard.Cut(f.file(entry.Name()), s.Events[known].Size)
		if err != nil {
			return nil, err
		}
		e.files = append(e.files, EventFile{entry.Name(), size})
	}
	return e, e.open(f, s.Epoch*steps+s.Step)
}

// open begins the file of this process, which goes on after so many steps. Its
// name is the greatest so far, whatever the clock says.
func (e *events) open(f *folder, step int) (err error) {
	now := time.Now()
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	second := now.Unix()
	for {
		name := fmt.Sprintf("%s%010d.%s", tensorboard.Prefix, second, host)
		if n := len(e.files); n == 0 || name > e.files[n-1].Name {
			e.files = append(e.files, EventFile{Name: name})
			break
		}
		second++
	}
	last := &e.files[len(e.files)-1]
	if e.writer, err = tensorboard.Create(f.file(last.Name), now); err != nil {
		return err
	}
	if step > 0 {
		err = e.writer.Restart(now, int64(step)+1)
	}
	last.Size = e.writer.Size()
	return err
}

// step writes the numbers of a step, if it is time to.
func (e *events) step(m Metric, l Losses, inEpoch int, imagesPerSecond float64) error {
	if inEpoch%e.every != 0 {
		return nil
	}
	scalars := []tensorboard.Scalar{{Tag: "loss/total", Value: l.Total}}
	for _, p := range l.Parts {
		scalars = append(scalars, tensorboard.Scalar{Tag: "loss/" + p.Name, Value: p.Value})
	}
	return e.write(m.Steps, append(scalars,
		tensorboard.Scalar{Tag: "train/learning_rate", Value: m.LR}, tensorboard.Scalar{Tag: "train/lambda", Value: m.Lambda},
		tensorboard.Scalar{Tag: "train/images_per_second", Value: imagesPerSecond}))
}

// epoch writes the numbers of a whole epoch.
func (e *events) epoch(m Metric) error {
	scalars := []tensorboard.Scalar{{Tag: "epoch/loss", Value: m.Losses.Total}, {Tag: "epoch/images_per_second", Value: m.ImagesPerSecond}}
	if v := m.Val; v != nil {
		scalars = append(scalars, tensorboard.Scalar{Tag: "val/ap", Value: float64(v.AP)}, tensorboard.Scalar{Tag: "val/ap50", Value: float64(v.AP50)},
			tensorboard.Scalar{Tag: "val/ap75", Value: float64(v.AP75)}, tensorboard.Scalar{Tag: "val/ap_tail", Value: float64(v.APTail)},
			tensorboard.Scalar{Tag: "val/ap_head", Value: float64(v.APHead)})
	}
	return e.write(m.Steps, scalars)
}

func (e *events) write(step int, scalars []tensorboard.Scalar) error {
	if err := e.writer.Scalars(time.Now(), int64(step), scalars...); err != nil {
		return err
	}
	e.files[len(e.files)-1].Size = e.writer.Size()
	return nil
}
