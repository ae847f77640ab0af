shipments-no-such-shipment = There is no such shipment.
shipments-nothing-reserved = None of these lines has vials set aside; reserve them first.
shipments-wrong-state = The shipment is not in a state for this: a packed one is dispatched, a dispatched one is received.
shipments-not-in-shipment = This vial is not in the shipment.
shipments-too-long = Use at most 200 characters.
