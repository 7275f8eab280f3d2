package train

import (
	"math"
	"time"
)

// meter measures speed and smooths the losses over about twenty steps.
type meter struct {
	losses       Losses
	rate         float64 // images per second
	steps        int
	before       time.Time
	began        time.Time
	first, total float64 // epochs at the beginning of the process, and all
}

func (m *meter) begin(epoch float64, epochs int) {
	m.began, m.before = time.Now(), time.Now()
	m.first, m.total = epoch, float64(epochs)
}

func (m *meter) step(l Losses, images int) {
	m.steps++
	now := time.Now()
	window := min(m.steps, 20)
	m.losses = m.losses.Next(l, window)
	if s := now.Sub(m.before).Seconds(); s > 0 {
		m.rate += (float64(images)/s - m.rate) / float64(window)
	}
	m.before = now
}

// skip leaves the time since the last step out of the speed.
func (m *meter) skip() { m.before = time.Now() }

// left estimates the time to the end from the time that the epochs of this
// process took so far; at counts epochs.
func (m *meter) left(at float64) time.Duration {
	if at <= m.first {
		return 0
	}
	seconds := time.Since(m.began).Seconds() / (at - m.first) * (m.total - at)
	return time.Duration(math.Max(0, seconds) * float64(time.Second))
}
