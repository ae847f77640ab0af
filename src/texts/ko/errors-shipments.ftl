shipments-no-such-shipment = 해당 발송 건을 찾을 수 없습니다.
shipments-nothing-reserved = 예약된 바이알이 없습니다. 먼저 바이알을 예약해 주십시오.
shipments-wrong-state = 현재 상태에서는 처리할 수 없습니다. 포장이 끝난 건만 발송할 수 있고, 발송된 건만 수령을 확인할 수 있습니다.
shipments-not-in-shipment = 이 발송 건에 들어 있지 않은 바이알입니다.
shipments-too-long = 200자 이하로 입력해 주십시오.
