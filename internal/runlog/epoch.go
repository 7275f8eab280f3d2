package runlog

import (
	"bytes"
	"encoding/json"
	"math"

	"cocostat/internal/nullable"
)

// Epoch is a line of the file: what is known of one epoch.
type Epoch struct {
	Epoch           int     `json:"epoch"` // 1…
	Steps           int     `json:"steps"` // since the beginning
	Lambda          float64 `json:"lambda"`
	LR              float64 `json:"lr"` // of the epoch's last step
	Losses          Losses  `json:"-"`  // means over the epoch's steps; see MarshalJSON
	Seconds         float64 `json:"seconds"`
	ImagesPerSecond float64 `json:"images_per_second"`
	Times           Times   `json:"time,omitzero"`
	Val             *Scores `json:"val,omitempty"` // if the epoch was evaluated
}

// Scores are COCO's box AP on the validation set, in [0, 1]; null where there
// is nothing to measure.
type Scores struct {
	AP       Score `json:"ap"`
	AP50     Score `json:"ap50"`
	AP75     Score `json:"ap75"`
	APSmall  Score `json:"ap_small"`
	APMedium Score `json:"ap_medium"`
	APLarge  Score `json:"ap_large"`
	APTail   Score `json:"ap_tail"`
	APHead   Score `json:"ap_head"`
}

// Score is a number in [0, 1], or NaN for none.
type Score = nullable.Float

// Times says where the time of an epoch went, in seconds. The first nine add
// up to the epoch's; the loader's run beside them, and are the sums over its
// goroutines. A CUDA device works on what is handed out: the phases of a step are
// then those of handing out, and Device is what was still to be waited for.
type Times struct {
	Waiting   float64 `json:"waiting"` // for the loader
	Copying   float64 `json:"copying"` // a batch into tensors, and collecting garbage
	Forward   float64 `json:"forward"`
	Loss      float64 `json:"loss"`
	Backward  float64 `json:"backward"`
	Reducing  float64 `json:"reducing,omitempty"` // gradients over several processes; of which a part is done on the way back
	Optimiser float64 `json:"optimiser"`
	Device    float64 `json:"device,omitempty"` // for the losses of an earlier batch
	Other     float64 `json:"other"`            // progress, checkpoints

	Decoding   float64 `json:"loader_decoding"` // reading included
	Augmenting float64 `json:"loader_augmenting"`
	Targets    float64 `json:"loader_targets"`
}

// Total returns the time of the epoch.
func (t Times) Total() float64 {
	return t.Waiting + t.Copying + t.Forward + t.Loss + t.Backward + t.Reducing + t.Optimiser + t.Device + t.Other
}

// NoScores are those of an epoch that was not evaluated: all NaN.
func NoScores() *Scores {
	none := Score(math.NaN())
	return &Scores{none, none, none, none, none, none, none, none}
}

// UnmarshalJSON reads what is null, or not there, as NaN.
func (s *Scores) UnmarshalJSON(text []byte) error {
	type plain Scores
	read := plain(*NoScores())
	err := json.Unmarshal(text, &read)
	*s = Scores(read)
	return err
}

// plainEpoch is an Epoch without its losses.
type plainEpoch Epoch

// MarshalJSON writes the losses as loss and loss_NAME, after the learning rate.
func (e Epoch) MarshalJSON() ([]byte, error) {
	plain, err := json.Marshal(plainEpoch(e))
	if err != nil {
		return nil, err
	}
	at := bytes.Index(plain, []byte(`,"seconds":`))
	text, err := e.Losses.AppendJSON(bytes.Clone(plain[:at]))
	return append(text, plain[at:]...), err
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Epoch) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, (*plainEpoch)(e)); err != nil {
		return err
	}
	return e.Losses.ReadJSON(text)
}
