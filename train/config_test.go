package train

import (
	"strings"
	"testing"

	"cocostat/balance"
	"cocostat/internal/resident"
	"cocostat/train/data"
	"cocostat/weights"
)

// By hand: with 5 deferred epochs and λ by the epoch, epochs 0 to 5 have λ = 0;
// they are 6 of 20, 6 of 60, and fewer than a tenth of 61; of 6 they are all.
func TestLambdaNote(t *testing.T) {
	for _, c := range []struct {
		loss     string
		schedule balance.Schedule
		deferred int
		epochs   int
		want     string
	}{
		{"bofl", balance.DeferredLinear, 5, 20, "first 6 of 20 epochs"},
		{"bofl", balance.DeferredLinear, 5, 60, "first 6 of 60 epochs"},
		{"bofl", balance.DeferredLinear, 5, 61, ""},
		{"bofl", balance.DeferredLinear, 5, 140, ""}, // the paper's
		{"bofl", balance.Deferred, 5, 20, "first 5 of 20 epochs"},
		{"bofl", balance.Linear, 0, 8, ""}, // an epoch at λ = 0 is how it begins
		{"bofl", balance.Constant, 0, 8, ""},
		{"bofl", balance.DeferredLinear, 5, 6, "first 6 of 6 epochs"}, // λ(5) = 0
		{"bofl", balance.DeferredLinear, 5, 6, "; λ never reaches 1"},
		{"bofl", balance.Linear, 0, 1, "λ never reaches 1 in 1 epochs"},
		{"focal", balance.DeferredLinear, 5, 20, ""}, // which has no λ
	} {
		config := DefaultConfig()
		loss, err := balance.ParseLoss(c.loss)
		if err != nil {
			t.Fatal(err)
		}
		config.Loss, config.Epochs = loss, c.epochs
		config.Balance = &balance.Config{Schedule: c.schedule, DeferredEpochs: c.deferred, Update: weights.UpdateEpoch}
		got := config.LambdaNote()
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s, %s with d = %d of %d epochs: note %q, want %q", c.loss, c.schedule, c.deferred, c.epochs, got, c.want)
		}
	}
}

// The numbers of an input of 200,000×200,000 pixels alone are 480 GB.
func TestDetectionBeyondMemory(t *testing.T) {
	if resident.Limit().Bytes == 0 {
		t.Skip("this system does not tell how much memory there is")
	}
	c := DefaultConfig()
	c.Model.Classes = 1
	if err := c.checkDetection(1, data.Size{Width: 64, Height: 64}); err != nil {
		t.Errorf("64×64 pixels: %v", err)
	}
	for size, flag := range map[string]string{TestKeep: "--test-size fixed", TestFixed: "--batch"} {
		c.TestSize = size
		err := c.checkDetection(1, data.Size{Width: 200_000, Height: 200_000})
		if err == nil || !strings.Contains(err.Error(), "200000×200000") || !strings.Contains(err.Error(), flag) {
			t.Errorf("test size %s: %v, want one that names %s", size, err, flag)
		}
	}
}
