module cocostat/bench

go 1.26.0
