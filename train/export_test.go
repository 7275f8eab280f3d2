package train

// GoAhead has j look at losses later than it is handed out the next batch, as on a CUDA
// device.
func (j *Job) GoAhead() { j.aheadOnCPU = true }
