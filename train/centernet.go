package train

import "cocostat/balance"

var centerNetHabits = habits{
	publish: func(*Config) {},
	method:  func(*balance.Config) {},
	mirrors: true, ownNorms: true,
	overlap: func(*Config) *float64 { return nil },
	lighter: []string{"--neck", "--head-channels"},
}
