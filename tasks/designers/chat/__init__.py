"""OpenAI's chat completions as servers really speak them: addresses, parameters, streams, refusals, usage."""
